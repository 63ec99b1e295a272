"""Choose τ of a τ-normalised classifier on validation images.

The head may be the linear one; nothing is trained. Images, and the τ to try,
are those of the config's TauSweepHook, or else the validation set and 0.0,
0.1, ..., 2.0.

Example: python tools/analysis_tools/sweep_tau.py \\
    configs/baselines/ce_tiny_shapes_lt.py \\
    work_dirs/ce_tiny_shapes_lt/epoch_25.pth --plot tau.png
"""

import argparse

from mmengine.config import Config, DictAction

from vlltr_mm.apis.tau_sweep import print_tau_sweep, run_tau_sweep, save_tau_sweep


def main():
    """Parse, sweep, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint of the linear head')
    parser.add_argument('--taus', type=float, nargs='+', help='the values to try')
    parser.add_argument('--plot', help='picture to write, such as tau.png')
    parser.add_argument('--out', help='CSV file to write')
    parser.add_argument('--device', help='cuda or cpu')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args = parser.parse_args()
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    rows = run_tau_sweep(cfg, args.checkpoint, args.taus, args.device)
    print_tau_sweep(rows)
    save_tau_sweep(rows, args.out, args.plot)


if __name__ == '__main__':
    main()
