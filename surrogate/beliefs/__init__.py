"""What a campaign believes about a property: regressors, priors from elsewhere, and the choice among them."""
