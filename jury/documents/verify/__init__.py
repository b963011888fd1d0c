"""The pages open to anyone: is this document ours, is it intact, is it in force?"""
