"""The drawings of one document tree: page, PDF, workbook, brief. None of them decides what a report contains."""
