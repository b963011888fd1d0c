"""The letters to a student: notification of the decision, attestations; and the department's words in them.

texts.py      how a text is written, what is refused in it, how it is filled
versions.py   the versions of a department's texts and letterhead, and which one a document is made with
logo.py       a department's logo: read, bounded, written again
grounds.py    who is entitled to which letter, and why not
content.py    what a letter says of a student: decision, reasons, what is possible next
document.py   the PDF
"""
