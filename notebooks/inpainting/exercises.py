"""Checks for the exercises: they say whether an answer works, and never stop the notebook."""


def check(works, hint):
    """Print whether the answer to an exercise works.

    works: function without arguments that returns True if it does; an error counts as not. An
        untouched answer returns None, so what Python says of None is left out.
    hint: what to look at where it does not work yet.
    """
    try:
        right, error = bool(works()), ""
    except Exception as problem:
        said = f" ({type(problem).__name__}: {problem})"
        right, error = False, "" if "NoneType" in said else said
    print("Right." if right else f"Not yet. Hint: {hint}{error}")
