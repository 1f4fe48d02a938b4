"""AdventureWorks, the public sample company of a bicycle manufacturer: from its files to commands.

`read` opens the files, `masters` and `documents` say what each row becomes, `translate` puts it into one stream by date and
`choices` lists what the files do not say and how it was decided.
"""
