//! Whatever chance makes of the world, by a seed. These take their time; `-- --skip random` leaves them out.

mod answers;
mod brakes;
mod kills;
mod mapping;
mod names;
mod rivals;
mod years;
