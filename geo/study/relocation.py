SPEC = None
