"""Students in: a file of Apogée, Parcoursup or a spreadsheet, its columns confirmed, judged, then taken.

reading turns bytes into tables, columns says what each column holds, cells reads one, planning judges
every row against the department, importing does the whole or nothing and takes it back; views show the steps.
"""
