"""The going-live workbook: one xlsx file with a sheet a subject, from which a company starts.

`layout` says which sheets and columns there are, `template` writes the empty file, `read` opens a filled one within limits, and
`translate` checks it as a whole and turns it into commands.
"""
