/**
 * SQL for the names of people: who an `actor` of some table is.
 *
 * @module
 */

/**
 * Joins `person` (`login`, `display_name`, the newest one) to rows whose `actor` is a person; nulls for a machine or
 * a token that an operator made, as only what is a UUID is cast.
 *
 * @param row Alias of the rows.
 */
export const joinPerson = (row: string) =>
  `left join lateral (
    select p.login, (select n.display_name from wavekeep.person_version n
        where n.person_id = p.person_id order by n.change_no desc limit 1) as display_name
      from wavekeep.person p
      where p.person_id = case when ${row}.actor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then ${row}.actor::uuid end
  ) person on true`;
