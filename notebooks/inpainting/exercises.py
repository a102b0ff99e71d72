"""Checks for the exercises: they say whether an answer works, and never stop the notebook."""


def check(works, hint):
    """Print whether the answer to an exercise works.

    works: function without arguments that returns True if it does; an error, which an unfinished
        answer often gives, counts as not.
    hint: what to look at where it does not work yet.
    """
    try:
        right, error = bool(works()), ""
    except Exception as problem:
        right, error = False, f" ({type(problem).__name__}: {problem})"
    print("Right." if right else f"Not yet: {hint}{error}")
