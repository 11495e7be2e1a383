#pragma once
/// 128-bit whole numbers, for exact sums and products. An extension that GCC and Clang share.

namespace rehearse::sim {

__extension__ typedef unsigned __int128 UInt128;
__extension__ typedef __int128 Int128;

}  // namespace rehearse::sim
