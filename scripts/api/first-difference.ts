/**
 * The first line in which two texts differ, for a message.
 */

/** `undefined` when the texts are equal; otherwise the line's number, and it in both texts. */
export function firstDifference(was: string, is: string): string | undefined {
  if (was === is) return undefined
  const before = was.split('\n')
  const after = is.split('\n')
  const index = after.findIndex((line, at) => line !== before[at])
  const at = index === -1 ? after.length : index
  return `line ${at + 1}\n- ${before[at] ?? '(nothing)'}\n+ ${after[at] ?? '(nothing)'}`
}
