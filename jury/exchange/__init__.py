"""What goes to and comes from other tools: workbook, CSV, cohort file, Apogée, ScoDoc, earlier results."""
