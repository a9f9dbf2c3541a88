// Wine 8 lacks the one function of bcryptprimitives.dll that Go's runtime calls
// before main. Windows has had it since version 7.
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG); // RtlGenRandom

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size) {
	return SystemFunction036(data, (ULONG)size);
}
