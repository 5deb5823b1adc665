#!/bin/sh
# archive_command of PostgreSQL: keeps one finished segment of the write-ahead log.
#   archive_command = 'sh …/ingest/backup/archive_segment.sh "%p" "%f" FOLDER'
# Answers 0 only when the segment is on disk under its name. The same segment again is fine; another one
# under a name that is taken is refused, because it would be another cluster's or another life's.
# What a switched segment has of zeros takes no room (--sparse).
from=$1 name=$2 to=$3
umask 077
mkdir -p "$to" || exit 1
if [ -e "$to/$name" ]; then
  cmp -s "$from" "$to/$name" && exit 0
  echo "archive has another $name: refused" >&2
  exit 1
fi
draft="$to/.$name.$$"
trap 'rm -f "$draft"' EXIT
cp --sparse=always "$from" "$draft" && sync "$draft" || exit 1
# A link fails where a rename would write over.
ln "$draft" "$to/$name" && sync "$to"
