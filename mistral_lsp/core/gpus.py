"""GPUs, as data: what decides whether a model fits, and how quickly it writes.

Memory, bandwidth and dense FP16 rates are from the makers' data sheets; compute capabilities from NVIDIA's list. The
rows of processors are a desktop's with two channels of memory, and what 8 to 16 of its cores reach.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One of them, or a processor with its memory."""

    name: str
    memory_gb: float
    bandwidth_gb_s: float
    tflops: float  # dense, in half precision
    capability: float | None  # CUDA's compute capability; None for a processor
    cloud_name: str = ""  # as SkyPilot writes it

    @property
    def is_cpu(self) -> bool:
        """Whether it is a processor."""
        return self.capability is None


_ROWS = (
    Gpu(name="t4", memory_gb=16, bandwidth_gb_s=320, tflops=65, capability=7.5, cloud_name="T4"),
    Gpu(name="l4", memory_gb=24, bandwidth_gb_s=300, tflops=121, capability=8.9, cloud_name="L4"),
    Gpu(name="a10g", memory_gb=24, bandwidth_gb_s=600, tflops=70, capability=8.6, cloud_name="A10G"),
    Gpu(name="a10", memory_gb=24, bandwidth_gb_s=600, tflops=125, capability=8.6, cloud_name="A10"),
    Gpu(name="l40s", memory_gb=48, bandwidth_gb_s=864, tflops=362, capability=8.9, cloud_name="L40S"),
    Gpu(name="rtx3090", memory_gb=24, bandwidth_gb_s=936, tflops=71, capability=8.6, cloud_name="RTX3090"),
    Gpu(name="rtx4090", memory_gb=24, bandwidth_gb_s=1_008, tflops=165, capability=8.9, cloud_name="RTX4090"),
    Gpu(name="rtx5090", memory_gb=32, bandwidth_gb_s=1_792, tflops=210, capability=12.0, cloud_name="RTX5090"),
    Gpu(name="v100", memory_gb=16, bandwidth_gb_s=900, tflops=125, capability=7.0, cloud_name="V100"),
    Gpu(name="a100-40", memory_gb=40, bandwidth_gb_s=1_555, tflops=312, capability=8.0, cloud_name="A100"),
    Gpu(name="a100", memory_gb=80, bandwidth_gb_s=2_039, tflops=312, capability=8.0, cloud_name="A100-80GB"),
    Gpu(name="h100", memory_gb=80, bandwidth_gb_s=3_350, tflops=989, capability=9.0, cloud_name="H100"),
    Gpu(name="h200", memory_gb=141, bandwidth_gb_s=4_800, tflops=989, capability=9.0, cloud_name="H200"),
    Gpu(name="b200", memory_gb=180, bandwidth_gb_s=8_000, tflops=2_250, capability=10.0, cloud_name="B200"),
    Gpu(name="cpu-ddr4", memory_gb=16, bandwidth_gb_s=40, tflops=0.8, capability=None),
    Gpu(name="cpu-ddr5", memory_gb=32, bandwidth_gb_s=80, tflops=1.5, capability=None),
)
GPUS = {gpu.name: gpu for gpu in _ROWS}


def gpu_of(name: str) -> Gpu | None:
    """The row of a name as people and clouds write it: "H100", "A100-80GB", "RTX 4090", "nvidia-l4"."""
    wanted = _plain(name)
    return next((gpu for gpu in _ROWS if _plain(gpu.name) == wanted), None)


def _plain(name: str) -> str:
    plain = "".join(letter for letter in name.lower() if letter.isalnum()).removeprefix("nvidia").removesuffix("gb")
    return {"a10080": "a100", "cpu": "cpuddr5", "4090": "rtx4090", "3090": "rtx3090", "5090": "rtx5090"}.get(
        plain, plain
    )
