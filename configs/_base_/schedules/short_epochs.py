# The one number that all rows of small ResNets are trained by: steps, stages and
# names of checkpoints follow. Short, so that two cores train every row of
# CIFAR-100-LT in hours; the field has 200 epochs, PaCo 400.
max_epochs = 6
