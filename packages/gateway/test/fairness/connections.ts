/** How many connections somebody has who keeps to no rate. */
export const CONNECTIONS = 64
