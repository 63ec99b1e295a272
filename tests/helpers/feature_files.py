"""Small sets of stored features, as people have them."""

import numpy as np

NAMES = ('heron', 'lynx', 'newt')
WIDTH = 8


def feature_arrays(pool=12, test=5, num_classes=3, seed=0, dtype=np.float32):
    """Make the arrays of a pool, a test set and one text row for each class.

    The features of a class lie around its row of text, at unit norm.
    """
    rng = np.random.default_rng(seed)
    text = np.eye(num_classes, WIDTH)

    def around(count):
        labels = np.repeat(np.arange(num_classes), count)
        feats = text[labels] + 0.2 * rng.standard_normal((len(labels), WIDTH))
        return (feats / np.linalg.norm(feats, axis=1, keepdims=True)).astype(dtype), labels

    pool_feats, pool_labels = around(pool)
    test_feats, test_labels = around(test)
    return dict(
        pool_feats=pool_feats,
        pool_labels=pool_labels,
        test_feats=test_feats,
        test_labels=test_labels,
        text_feats=text.astype(dtype),
        names=np.array(NAMES[:num_classes]),
    )


def write_npz(path, **changes):
    """Write the arrays with some changed, None for one that is left out; return the path."""
    arrays = {**feature_arrays(), **changes}
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return str(path)
