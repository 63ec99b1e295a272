"""Predictions that explain themselves."""

from .images import find_images
from .predicting import PredictedClass, Prediction, Predictor, predict

__all__ = ['PredictedClass', 'Prediction', 'Predictor', 'find_images', 'predict']
