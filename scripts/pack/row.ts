/**
 * What was checked of a package: one row of the table that is printed.
 */

/** What was asked, what was found, whether it will do. */
export interface Row {
  readonly what: string
  readonly found: string
  readonly passed: boolean
}
