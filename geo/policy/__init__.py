"""MAY WE? The law as dated, cited data, and the rules that hold it against measured facts.

``articles/*.yaml`` what the law says, ``parameters/*.yaml`` its numbers with dates and marks, ``rules/<noun>.py``
what exactly is tested, ``matrices/*.csv`` tables of the law, ``book.py`` the one that answers.
Nothing here ever touches a polygon: facts arrive as a plain table.
"""
