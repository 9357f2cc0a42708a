/// A program of a few instructions in a static ELF file, written field by field: its bytes depend on no compiler.
///
/// Sources: System V ABI, edition 4.1, chapters 4 and 5; `elf(5)`; `pause(2)`, `ppoll(2)`
enum StaticProgram {
    /// With its name as manifests have it.
    enum Machine: String, CaseIterable {
        case x86 = "x86_64"
        case arm = "aarch64"
    }

    /// Waits for a signal, again and again: every signal that it does not survive ends it.
    static func waiting(on machine: Machine) -> [UInt8] {
        let code = code(for: machine)
        let size = UInt64(headersSize + code.count)
        return fileHeader(for: machine) + segment(of: size) + code
    }

    private static let headersSize = 64 + 56
    /// Where the file is in memory, on a page of every size that there is.
    private static let address: UInt64 = 0x40_0000
    private static let largestPage: UInt64 = 0x1_0000

    private static func fileHeader(for machine: Machine) -> [UInt8] {
        // Magic, 64 bits, little-endian, version 1, System V, padding.
        var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        // ET_EXEC, EM_X86_64 or EM_AARCH64, EV_CURRENT.
        bytes.append(littleEndian: UInt16(2))
        bytes.append(littleEndian: UInt16(machine == .x86 ? 62 : 183))
        bytes.append(littleEndian: UInt32(1))
        // The entry, the program headers, the section headers, which are none, and flags.
        bytes.append(littleEndian: address + UInt64(headersSize))
        bytes.append(littleEndian: UInt64(64))
        bytes.append(littleEndian: UInt64(0))
        bytes.append(littleEndian: UInt32(0))
        // The size of this header; size and count of program headers and of section headers; the section of names.
        for number in [64, 56, 1, 0, 0, 0] as [UInt16] { bytes.append(littleEndian: number) }
        return bytes
    }

    /// The one program header: all of the file, to be read and executed.
    private static func segment(of size: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        // PT_LOAD, PF_R and PF_X.
        bytes.append(littleEndian: UInt32(1))
        bytes.append(littleEndian: UInt32(5))
        // The offset, both addresses, both sizes, the alignment.
        for number in [0, address, address, size, size, largestPage] { bytes.append(littleEndian: number) }
        return bytes
    }

    private static func code(for machine: Machine) -> [UInt8] {
        switch machine {
        case .x86:
            [
                0xB8, 34, 0, 0, 0,  // again: mov eax, pause
                0x0F, 0x05,  // syscall
                0xEB, 0xF7,  // jmp again
            ]
        case .arm:
            // There is no pause: ppoll for no descriptor, without time and mask.
            [
                0x28, 0x09, 0x80, 0xD2,  // again: mov x8, ppoll
                0x00, 0x00, 0x80, 0xD2,  // mov x0, 0
                0x01, 0x00, 0x80, 0xD2,  // mov x1, 0
                0x02, 0x00, 0x80, 0xD2,  // mov x2, 0
                0x03, 0x00, 0x80, 0xD2,  // mov x3, 0
                0x04, 0x00, 0x80, 0xD2,  // mov x4, 0
                0x01, 0x00, 0x00, 0xD4,  // svc 0
                0xF9, 0xFF, 0xFF, 0x17,  // b again
            ]
        }
    }
}
