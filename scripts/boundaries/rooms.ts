/**
 * Finds rooms that stand on no floor: nothing would hold them to a direction.
 */
import { type Building, buildings } from './floors.ts'

/** One line for each room without a floor that holds one of the files. */
export function roomsWithoutFloor(files: readonly string[]): string[] {
  return buildings.flatMap((building) => {
    const rooms = new Set(files.flatMap((file) => roomOf(file, building) ?? []))
    return [...rooms].map((room) => `${building.folder}/${room} stands on no floor: name it in floors.ts`)
  })
}

/** The folder of a file, where the building has no such room. */
function roomOf(file: string, { folder, floors, beside }: Building): string | undefined {
  if (!file.startsWith(`${folder}/`)) return undefined
  const inside = file.slice(folder.length + 1)
  const hasFloor = [...floors.flat(), ...beside].some((room) => inside.startsWith(`${room}/`))
  const parts = inside.split('/')
  return hasFloor || parts.length === 1
    ? undefined
    : parts.slice(0, parts[0] === 'adapters' ? 2 : 1).join('/')
}
