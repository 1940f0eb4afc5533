/** The table of a local run. */
export const TABLE_NAME = 'appointments-local';
