/* One array for each struct, as large as it: `make sizes` reads their sizes. */
#include "../forehand.h"

extern char size_of_fh_client[sizeof(fh_client)];
extern char size_of_fh_slot[sizeof(fh_slot)];
char size_of_fh_client[sizeof(fh_client)];
char size_of_fh_slot[sizeof(fh_slot)];
