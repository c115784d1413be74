//! Hostile worlds at the program's wires: servers that lie and echo, names that steer terminals, clocks that jump, sockets
//! that are held, proxies that can't be used.

mod clocks;
mod echoes;
mod hidden;
mod lies;
mod names;
mod probes;
mod proxies;
