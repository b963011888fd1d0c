"""The mark workbook: a sheet downloaded (writing), filled anywhere, sent back and judged before it is kept.

xlsx reads any .xlsx within limits, layout says where things are and keeps the hidden keys, reading turns a
file into entries and refusals, importing shows what they would change and applies them.
"""
