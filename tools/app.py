"""Open a page on this machine on which a finished model is asked about images.

Drop an image on it: classes, scores, the part of each branch and the sentences
that led there, beside what the text alone says. With --text-checkpoint a new
class, typed in with a few sentences, competes at once.

Example: python tools/app.py CONFIG CHECKPOINT --text-checkpoint work_dirs/STAGE1/epoch_N.pth
"""

import argparse

from vlltr_mm.apis.app import AppServer, Session
from vlltr_mm.utils.command_line import (
    CfgOptions,
    checkpoint_file,
    not_negative,
    optional_checkpoint,
    run_tool,
)


def main():
    """Parse, load, and serve until it is interrupted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file or its name')
    parser.add_argument(
        'checkpoint',
        type=optional_checkpoint,
        help="checkpoint file; '' for a config that trains nothing",
    )
    parser.add_argument('--text-checkpoint', type=checkpoint_file, help='of stage 1')
    parser.add_argument('--text-config', help="of stage 1 (the config's pretrain_config)")
    parser.add_argument('--offset', type=float, default=0.0, help='of new classes (0)')
    parser.add_argument(
        '--host', default='127.0.0.1', help='0.0.0.0 lets other machines ask, too (127.0.0.1)'
    )
    parser.add_argument('--port', type=not_negative, default=8000, help='0 takes a free one (8000)')
    parser.add_argument('--device', help="such as 'cuda:1' or 'cpu' (a GPU where there is one)")
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='settings that replace the config: k=v'
    )
    args = vars(parser.parse_args())
    host, port = args.pop('host'), args.pop('port')
    with AppServer(Session(**args), host, port) as server:
        print(f'Open {server.address}; Ctrl-C ends it.', flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == '__main__':
    run_tool(main)
