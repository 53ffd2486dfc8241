-- Beside the campaigns: what MLflow remembers, and the studies of hyper-parameter searches.
CREATE DATABASE mlflow;
CREATE DATABASE studies;
