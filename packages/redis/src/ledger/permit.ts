/**
 * A permit of a rate: the tokens are spent, so ending it gives nothing back.
 */
import type { Permit } from 'spillway'

/** A permit that can be ended or cancelled once; `undo` gives back what it took. */
export function ratePermit(undo: () => void): Permit {
  let isOpen = true
  return {
    admitted: true,
    end() {
      isOpen = false
    },
    cancel() {
      if (!isOpen) return
      isOpen = false
      undo()
    },
  }
}
