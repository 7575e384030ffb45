"""The keys of one meter, as the decoders of all protocol families take them."""


class Keys:
    """unicast: global unicast encryption key (GUEK), or the only key; authentication: GAK.

    Each is bytes or None. broadcast and master (the key-encryption key of a wrapped session key)
    are None where the operator gives none, as all Austrian operators do.

    counters: what was heard under these keys, a dict of a meter's address or system title to [last
    counter, whether it was authenticated]. Decoders keep it up; given one, they refuse what it knows.
    """

    def __init__(self, unicast=None, authentication=None, broadcast=None, master=None):
        self.unicast = unicast
        self.authentication = authentication
        self.broadcast = broadcast
        self.master = master
        self.counters = None
