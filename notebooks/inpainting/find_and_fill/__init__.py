"""Two networks instead of one: the finder says where a painting is damaged, and of which kind the
damage is; the filler fills what it is told.

In the making: the code is complete and tested, the networks are still in training, and the
notebooks do not use them yet.
"""
