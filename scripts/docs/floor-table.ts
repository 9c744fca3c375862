/**
 * Compares the table of floors in ARCHITECTURE.md with the floors of the boundary check.
 */

/** One line for each floor of which page and data say different things. Rows: `| 2 | \`gate\` | … |`. */
export function floorTableFaults(markdown: string, floors: readonly (readonly string[])[]): string[] {
  const documented = new Map(
    [...markdown.matchAll(/^\| (\d+) \| (.+?) \|/gm)].map(([, floor, rooms = '']) => [
      Number(floor),
      [...rooms.matchAll(/`([^`]+)`/g)].map(([, room]) => room).sort(),
    ]),
  )
  const unknown = [...documented.keys()].filter((floor) => !floors[floor])
  return [
    ...unknown.map((floor) => `floor ${floor} does not exist`),
    ...floors.flatMap((rooms, floor) => {
      const found = documented.get(floor)?.join(' ') ?? 'nothing'
      const expected = [...rooms].sort().join(' ')
      return found === expected ? [] : [`floor ${floor}: the page says ${found}, floors.ts says ${expected}`]
    }),
  ]
}
