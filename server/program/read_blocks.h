#ifndef CBM_SERVER_PROGRAM_READ_BLOCKS_H_
#define CBM_SERVER_PROGRAM_READ_BLOCKS_H_

namespace cbm {

// What gRPC reads at a time from one connection, with ReadInSmallBlocks. Because: it keeps each
// piece of a request in the block that it was read into, so that a request in crumbs costs a block
// for each. An act with all its contents takes 130 reads.
inline constexpr int kReadBlockBytes = 8 * 1024;

// From now on gRPC reads into blocks of the size that its argument
// "grpc.experimental.tcp_max_read_chunk_size" says; 1.51 would take 64 KiB, whatever it says. To be
// called before gRPC is first used and before there are threads: it changes the environment.
void ReadInSmallBlocks();

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_READ_BLOCKS_H_
