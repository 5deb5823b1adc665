/**
 * SQL that several statements about the log share.
 *
 * @module
 */

/** An int8 of µs since 1970. */
export const microsOf = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** The run of the index that a chunk `c` is in: the last one that begins at or before it. */
export function runOfChunk(logNumber: string): string {
  return `left join lateral (
        select i.first_index, i.first_sequence, i.leaf_count from wavekeep.log_index i
          where i.log_no = ${logNumber} and i.recording_id = c.recording_id
            and i.segment_no = c.segment_no and i.stream_no = c.stream_no
            and i.first_sequence <= c.sequence
          order by i.first_sequence desc limit 1
      ) run on c.sequence < run.first_sequence + run.leaf_count`;
}
