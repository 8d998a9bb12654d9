"""The ledger as a file: read from the database row by row, written row by row.

`orders` reads what a list shows, `cover` says what a file is, `plain` writes a workbook
of our own, `layout` reads Party A's format and `filling` fills it. None of them holds
more than a few rows, however many there are.
"""
