"""What is written is what is read."""

import re
import time

import numpy as np
import pytest

from vlltr_mm.utils.annotation_list import (
    find_duplicates,
    find_shared,
    read_annotation_list,
    write_annotation_list,
)


def test_round_trip(tmp_path):
    path = str(tmp_path / 'list.txt')
    images = ['a/b c.jpg', 'ä/é 1.png', '3 4']
    write_annotation_list(path, images, [2, 0, 11])
    read, labels = read_annotation_list(path)
    assert read == images and labels.tolist() == [2, 0, 11]


@pytest.mark.parametrize('image', [' a.jpg', 'a.jpg ', 'a\n.jpg', 'a\r.jpg', ''])
def test_paths_that_no_line_can_hold(tmp_path, image):
    path = tmp_path / 'list.txt'
    with pytest.raises(ValueError, match='cannot stand in a list.*Rename'):
        write_annotation_list(str(path), ['b.jpg', image], [0, 1])
    assert not path.exists()


def read(tmp_path, content):
    path = tmp_path / 'list.txt'
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_annotation_list(str(path))


@pytest.mark.parametrize(
    'line,path,label',
    [
        ('train/n01/a b.JPEG 0', 'train/n01/a b.JPEG', 0),
        ('a.jpg\t7', 'a.jpg', 7),
        ('  a.jpg   7  ', 'a.jpg', 7),
        ('3 4 5', '3 4', 5),
        ('#1 dog.jpg 0', '#1 dog.jpg', 0),
        ('a/Mr. Smith 3', 'a/Mr. Smith', 3),
        ('x.png.d/it 3', 'x.png.d/it', 3),
        ('it,s.jpg 3', 'it,s.jpg', 3),
        ('https://host/a.jpg?x=1,2 3', 'https://host/a.jpg?x=1,2', 3),
        ('a.jpg 00012', 'a.jpg', 12),
        ('a.jpg 9999999', 'a.jpg', 9999999),
        ("it's.jpg 1", "it's.jpg", 1),
        ('e\u0301.jpg 1', 'e\u0301.jpg', 1),  # a path stays as the disk has it
    ],
)
def test_lines_that_people_write(tmp_path, line, path, label):
    for text in (f'{line}\n', f'\ufeff{line}', f'{line}\r\n\r\n', f'{line}\r\ufeff'):
        paths, labels = read(tmp_path, text)
        assert paths == [path] and labels.tolist() == [label]


def test_joined_files_keep_no_mark(tmp_path):
    paths, _ = read(tmp_path, '\ufeffa.jpg 0\n\ufeffb.jpg 1\n')
    assert paths == ['a.jpg', 'b.jpg']


@pytest.mark.parametrize(
    'line,remedy',
    [
        ('b c.jpg,3', "write 'b c.jpg 3'"),
        ('b.jpg, 3', "write 'b.jpg 3'"),
        ('b.jpg;3', "write 'b.jpg 3'"),
        ('"b c.jpg",3', "write 'b c.jpg 3'"),
        ('"b c.jpg" 3', "write 'b c.jpg 3'"),
        ('"b.jpg","3"', "write 'b.jpg 3'"),
        ('b.jpg 3,', "write 'b.jpg 3'"),
        ('b, 3', "write 'b 3'"),
        ('3 b.jpg', "write 'b.jpg 3'"),
        ('3,b.jpg', "write 'b.jpg 3'"),
        ('path label', 'no header'),
        ('path,label', 'no header'),
        ('# made in 2020', 'remove the line'),
        ('b.jpg 3 5', 'no other column'),
        ('b.jpg n01 3', 'no other column'),
        ('b.jpg', 'correct the line'),
        ('7', 'correct the line'),
        ('b.jpg -1', 'a label in 0 .. 9999999'),
        ('b.jpg -0', 'a label in 0 .. 9999999'),
        ('b.jpg +1', 'a label in 0 .. 9999999'),
        ('b.jpg 1_000', 'a label in 0 .. 9999999'),
        ('b.jpg １', 'a label in 0 .. 9999999'),
        ('b.jpg ²', 'a label in 0 .. 9999999'),
        ('b.jpg 1.0', 'a label in 0 .. 9999999'),
        ('b.jpg 2147483648', 'a label in 0 .. 9999999'),
        ('b.jpg 99999999999999999999', 'a label in 0 .. 9999999'),
        ('b.jpg ' + '9' * 5000, 'a label in 0 .. 9999999'),
        ('b.jpg nan', 'a label in 0 .. 9999999'),
        ('\x1a', 'correct the line'),
    ],
)
def test_lines_that_are_no_pair(tmp_path, line, remedy):
    with pytest.raises(ValueError, match=f'list.txt, line 3: .*{re.escape(remedy)}'):
        read(tmp_path, f'a.jpg 0\n\n{line}\nc.jpg x\n')


@pytest.mark.parametrize(
    'content',
    [
        'a.jpg 0\nb.jpg 1\n'.encode('utf-16'),
        'a.jpg 0\nb.jpg 1\n'.encode('utf-16-le'),
        'ä.jpg 0'.encode('latin-1'),
        b'a.jpg\0 0',
    ],
)
def test_other_encodings(tmp_path, content):
    with pytest.raises(ValueError, match='list.txt, line 1: byte .*Save it as UTF-8'):
        read(tmp_path, content)


def test_a_folder_and_an_empty_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='is a folder'):
        read_annotation_list(str(tmp_path))
    for content in ('', ' \n\t\n', '\ufeff'):
        with pytest.raises(ValueError, match='has no line'):
            read(tmp_path, content)


@pytest.mark.parametrize('image', ['# a', 'a.jpg,', 'a.jpg 3', 'a.png" b'])
def test_what_would_be_refused_is_not_written(tmp_path, image):
    with pytest.raises(ValueError, match='reads like a comment or like several columns.*Rename'):
        write_annotation_list(str(tmp_path / 'list.txt'), [image], [0])


def test_a_long_line_is_refused_quickly(tmp_path):
    started = time.process_time()
    with pytest.raises(ValueError, match='line 1'):
        read(tmp_path, ' , ' * 200_000 + 'x')
    assert time.process_time() - started < 2


def test_images_that_stand_twice():
    paths = ['a/1.jpg', 'a/2.jpg', './a/1.jpg', 'b//3.jpg', 'b/3.jpg', 'a/1.jpg']
    repeated, contradictory = find_duplicates(paths, np.array([0, 0, 0, 1, 2, 0]))
    assert repeated == {'a/1.jpg': 3} and contradictory == {'b/3.jpg': [1, 2]}
    assert find_duplicates(paths[:2], [0, 0]) == ({}, {})
    assert find_duplicates([], []) == ({}, {})
    assert find_shared(paths, ['c/4.jpg', 'b/./3.jpg', 'a/2.jpg']) == ['a/2.jpg', 'b/3.jpg']
    assert find_shared(paths, ['1.jpg']) == find_shared([], paths) == []
