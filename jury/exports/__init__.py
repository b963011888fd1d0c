"""What a jury gives to other tools: the results as a workbook, the cohort file."""
