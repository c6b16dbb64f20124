"""What has changed since a baseline: in the frameworks' classes, in how they follow their rules, and in the curves."""
