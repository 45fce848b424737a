#pragma once

#include <string>
#include <vector>

#include "pipelines/sdp/offer.h"

namespace mullion {

/// Whether the certificate that a peer showed in DTLS is one that its SDP promised (RFC 8122
/// section 5). webrtcbin up to 1.28.4 does not compare them, and without that anybody on the path
/// can take the peer's place.
///
/// `pem` is the certificate as GstWebRTCDTLSTransport has it. A peer that lists several
/// fingerprints of the strongest hash may use any of them. False for what is no certificate.
bool certificateMatches(const std::string& pem, const std::vector<sdp::Fingerprint>& promised);

} // namespace mullion
