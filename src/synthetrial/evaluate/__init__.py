from synthetrial.called import called

called(__name__)
