"""One module per lab: what each of its checks asks, collects and judges."""
