"""Handing in (按时提交数据): the workbook to fill in, what is refused, what is kept, and who is notified by when."""
