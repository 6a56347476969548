"""What should have happened and did not: reports that are not there, answers that are not given, who is notified."""
