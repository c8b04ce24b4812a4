"""What the kind `spans` is made of: configuration, raw marks, comparing and settling, marks beside each other."""
