#include "pipelines/warm_up.h"

#include "pipelines/gst/element.h"

namespace mullion {

Result<GRef<GstElement>> warmUp() {
    for (const char* name :
         {"appsink",       "appsrc",     "avdec_h264",      "capsfilter",   "dtlsenc",
          "fakesink",      "h264parse",  "mixminus",        "nicesink",     "nicesrc",
          "opusdec",       "opusenc",    "queue",           "rtpbin",       "rtpfunnel",
          "rtph264depay",  "rtph264pay", "rtpjitterbuffer", "rtpopusdepay", "rtpopuspay",
          "rtprtxreceive", "rtprtxsend", "rtpvp8depay",     "rungswitch",   "rtpvp8pay",
          "srtpdec",       "srtpenc",    "vp8dec",          "vp8enc",       "webrtcbin",
          "webrtcdsp"}) {
        const auto element = GRef<GstElement>::sink(gst_element_factory_make(name, nullptr));
        if (!element)
            return Error{ErrorCode::Unavailable,
                         std::string("the GStreamer element ") + name + " is not installed"};
    }
    auto dtls = GRef<GstElement>::sink(gst_element_factory_make("dtlsdec", nullptr));
    if (!dtls) return Error{ErrorCode::Unavailable, "the GStreamer element dtlsdec is missing"};
    // Reading the certificate makes it.
    char* pem = nullptr;
    g_object_get(dtls.get(), "pem", &pem, nullptr);
    const GCharPtr made(pem);
    return dtls;
}

} // namespace mullion
