"""Three networks that share the work: the finder says where a painting is damaged, and of which
kind the damage is; the filler fills what it is told; the cleaner takes stains away.
"""
