/**
 * How every script reads the time: from the server, in microseconds.
 */

/** Sets `now`. Tests put a time of their own in its place. */
export const READ_TIME = "local time = redis.call('TIME')\nlocal now = time[1] * 1000000 + time[2]\n"
