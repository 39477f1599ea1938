# What the commands of firmware/ are made of.
