#!/bin/sh
# restore_command of PostgreSQL: gives one file of the write-ahead log out of the first folder that has it.
#   restore_command = 'sh …/ingest/backup/fetch_segment.sh "%f" "%p" FOLDER…'
name=$1 to=$2
shift 2
for folder; do
  [ -f "$folder/$name" ] && exec cp "$folder/$name" "$to"
done
exit 1
