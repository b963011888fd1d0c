"""Students in: a file of Apogée, Parcoursup or a spreadsheet, its columns confirmed, judged, then taken.

columns says what each column of a table holds, cells reads one of its cells, planning judges every row
against the department, importing does the whole or nothing and takes it back; views show the steps.
"""
