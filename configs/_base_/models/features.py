# A head on stored embeddings, which are brought to norm 10 before it.
model = dict(type='FeatureCachedClassifier', scale=10.0)
