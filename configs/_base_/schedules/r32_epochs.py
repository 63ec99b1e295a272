# The one number that all ResNet-32 rows on CIFAR-100-LT are trained by: steps,
# stages and names of checkpoints follow. Short, so that two cores train every
# row in an hour or two; the field has 200, PaCo 400.
max_epochs = 6
